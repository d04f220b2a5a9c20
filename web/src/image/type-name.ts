import { ACCEPTED_FORMATS } from '../../../functions/src/contract/formats.ts'
import { useTexts } from '../ui/locale.tsx'

/** What a result's media type is called: a format's name, or in general. */
export function useTypeName(): (contentType: string) => string {
  const { common, image } = useTexts()
  return (contentType) => {
    const format = ACCEPTED_FORMATS.find((one) => contentType === `image/${one}`)
    return format === undefined ? image.otherType : common.formats[format]
  }
}
