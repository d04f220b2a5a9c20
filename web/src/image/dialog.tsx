import type { ReactNode } from 'react'
import { Dialog, Heading, Modal } from 'react-aria-components'
import './dialog.css'

interface Props {
  readonly title: ReactNode
  /** By Escape, and for a question that can wait by a press beside it. */
  readonly onClose: () => void
  /** It is about something that is lost: it stays until it is answered. */
  readonly alert?: boolean
  readonly children: ReactNode
}

/** Shown as long as it is on the page; after it, the focus is where it was. */
export const AskDialog = ({ title, onClose, alert = false, children }: Props) => (
  <Modal isOpen isDismissable={!alert} onOpenChange={(open) => open || onClose()}>
    <Dialog role={alert ? 'alertdialog' : 'dialog'}>
      <Heading slot="title">{title}</Heading>
      {children}
    </Dialog>
  </Modal>
)
