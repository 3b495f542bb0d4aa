import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** Only heard; a dialog with a visible title has it by itself. */
  hideTitle?: boolean
  description?: string
  className?: string
  /** Where the focus goes first; the first control without it. */
  onOpenAutoFocus?: (event: Event) => void
  children: ReactNode
}

/**
 * A dialog over the page. The veil is ours: Radix's own locks scrolling with a style element, which the pages' policy forbids, and the
 * page does not scroll anyway.
 */
export function Dialog({
  open,
  onOpenChange,
  title,
  hideTitle = false,
  description,
  className = '',
  onOpenAutoFocus,
  children,
}: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div className="veil" />
        <Radix.Content
          className={`dialog ${className}`}
          {...(description ? {} : { 'aria-describedby': undefined })}
          {...(onOpenAutoFocus ? { onOpenAutoFocus } : {})}
        >
          <Radix.Title className={hideTitle ? 'only-heard' : 'dialog-title'}>{title}</Radix.Title>
          {description && <Radix.Description className="dialog-about">{description}</Radix.Description>}
          {children}
          {!hideTitle && (
            <Radix.Close className="icon-button dialog-close" aria-label="Close">
              <X size={16} aria-hidden="true" />
            </Radix.Close>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
