import { stopRulesStack } from './global-setup.ts'

export default stopRulesStack
