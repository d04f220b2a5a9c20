import { account } from './account.ts'
import { common } from './common.ts'
import { figures } from './figures.ts'
import { gallery } from './gallery.ts'
import { image } from './image.ts'
import { upload } from './upload.ts'

/** Every text of the customer's page, by the place where it is shown. Another language is a folder like this one, and a line in texts.ts. */
export const en = { common, upload, gallery, image, figures, account }
export type Texts = typeof en
