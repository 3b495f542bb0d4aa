import { Tooltip } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'
import { keyNames } from '../lib/shortcuts.ts'

type Look = 'plain' | 'quiet' | 'primary' | 'danger'

export interface ButtonProps extends ComponentProps<'button'> {
  look?: Look
  busy?: boolean
}

export function Button({
  look = 'plain',
  busy = false,
  className = '',
  type = 'button',
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={`button ${look} ${className}`}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    />
  )
}

export interface IconButtonProps extends ComponentProps<'button'> {
  label: string
  keys?: string
  children: ReactNode
}

/** A button that is only a picture: its name shows on hover and on focus, and is heard. */
export function IconButton({ label, keys, className = '', children, ...rest }: IconButtonProps) {
  return (
    <Hint text={label} {...(keys ? { keys } : {})}>
      <button type="button" className={`icon-button ${className}`} aria-label={label} {...rest}>
        {children}
      </button>
    </Hint>
  )
}

export function Hint({ text, keys, children }: { text: ReactNode; keys?: string; children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tip" sideOffset={6} collisionPadding={8}>
          {text}
          {keys && <Keys of={keys} />}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}

export function Keys({ of }: { of: string }) {
  return (
    <span className="keys">
      {keyNames(of).map((name) => (
        <kbd key={name}>{name}</kbd>
      ))}
    </span>
  )
}
