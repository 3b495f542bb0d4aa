import { Popover } from 'radix-ui'
import type { ReactNode } from 'react'

interface PopupProps {
  /** A button. */
  trigger: ReactNode
  label: string
  className?: string
  open?: boolean
  onOpenChange?: (open: boolean) => void
  children: ReactNode
}

/** More about something, beside it. Whoever uses the keyboard is inside as long as it is open; Escape leads back. */
export const Popup = ({ trigger, label, className = '', open, onOpenChange, children }: PopupProps) => (
  <Popover.Root {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
    <Popover.Trigger asChild>{trigger}</Popover.Trigger>
    <Popover.Portal>
      <Popover.Content className={`popover ${className}`} sideOffset={6} collisionPadding={8} aria-label={label}>
        {children}
      </Popover.Content>
    </Popover.Portal>
  </Popover.Root>
)
