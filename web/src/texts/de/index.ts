import { account } from './account.ts'
import { common } from './common.ts'
import { figures } from './figures.ts'
import { gallery } from './gallery.ts'
import { image } from './image.ts'
import { upload } from './upload.ts'

import type { Texts } from '../en/index.ts'

export const de: Texts = { common, upload, gallery, image, figures, account }
