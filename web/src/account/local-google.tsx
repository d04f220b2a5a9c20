/** In place of Google's window: whoever it is asked for is who signs in. For the Auth emulator alone. */
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useOuterTexts } from '../ui/locale.tsx'
import { EmailField, NameField } from './fields.tsx'
import { AccountForm } from './form.tsx'

interface Props {
  readonly signIn: (email: string, name: string) => Promise<void>
  readonly onClose: () => void
}

export function LocalGoogle({ signIn, onClose }: Props) {
  const { account, common } = useOuterTexts()
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => open || onClose()}>
      <Modal>
        <Dialog>
          <Heading slot="title">{account.googleLocal}</Heading>
          <p className="quiet">{account.googleLocalHint}</p>
          <AccountForm submit={account.continue} act={(value) => signIn(value('email'), value('name'))}>
            <EmailField autoFocus label={account.googleEmail} />
            <NameField isOptional />
          </AccountForm>
          <Button onPress={onClose}>{common.cancel}</Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
