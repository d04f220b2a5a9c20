/**
 * The fields of the account's forms. What is wrong with one is said in the page's language, which need not be the browser's, on a line that is there
 * all the time: it goes when the field is left, and the button that is being pressed then must not move.
 */
import { useState } from 'react'
import { Button, FieldError, Input, Label, Text, TextField } from 'react-aria-components'
import { useOuterTexts } from '../ui/locale.tsx'

/** In characters. A project may ask for more: then Authentication says so. */
const SHORTEST_PASSWORD = 8
/** As Authentication has it. */
const LONGEST_PASSWORD = 4096
const LONGEST_NAME = 100

interface EmailProps {
  readonly label?: string
  readonly value?: string
  readonly onChange?: (value: string) => void
  /** Of whoever signs in, unless it is a new one. */
  readonly autoComplete?: 'username' | 'email'
  readonly autoFocus?: boolean
}

/** Named `email`. */
export function EmailField({ label, value, onChange, autoComplete = 'username', autoFocus = false }: EmailProps) {
  const { account } = useOuterTexts()
  return (
    <TextField
      name="email"
      type="email"
      isRequired
      autoComplete={autoComplete}
      autoFocus={autoFocus}
      {...(value !== undefined && { defaultValue: value })}
      {...(onChange !== undefined && { onChange })}
    >
      <Label>{label ?? account.email}</Label>
      <Input autoCapitalize="none" spellCheck={false} />
      <div className="note">
        <FieldError>
          {({ validationDetails, validationErrors }) =>
            validationDetails.valueMissing
              ? account.enterEmail
              : validationDetails.typeMismatch
                ? account.emailLike
                : validationErrors.join(' ')
          }
        </FieldError>
      </div>
    </TextField>
  )
}

interface PasswordProps {
  readonly label?: string
  /** `password` unless a form has two. */
  readonly name?: string
  /** One that is chosen now: then it says what it must have. */
  readonly isNew?: boolean
}

export function PasswordField({ label, name = 'password', isNew = false }: PasswordProps) {
  const { account } = useOuterTexts()
  const [shown, setShown] = useState(false)
  const check = (value: string) =>
    isNew && value.length < SHORTEST_PASSWORD ? account.tooShort(SHORTEST_PASSWORD) : null
  return (
    <TextField
      name={name}
      type={shown ? 'text' : 'password'}
      isRequired
      autoComplete={isNew ? 'new-password' : 'current-password'}
      maxLength={LONGEST_PASSWORD}
      validate={check}
    >
      <Label>{label ?? account.password}</Label>
      <div className="with-button">
        <Input autoCapitalize="none" spellCheck={false} />
        <Button className="react-aria-Button plain" aria-pressed={shown} onPress={() => setShown(!shown)}>
          <span aria-hidden="true">{account.show}</span>
          <span className="visually-hidden">{account.showPassword}</span>
        </Button>
      </div>
      <div className="note">
        {isNew && <Text slot="description">{account.passwordRule(SHORTEST_PASSWORD)}</Text>}
        <FieldError>
          {({ validationDetails, validationErrors }) =>
            validationDetails.valueMissing ? account.enterPassword : validationErrors.join(' ')
          }
        </FieldError>
      </div>
    </TextField>
  )
}

interface NameProps {
  readonly value?: string
  readonly isOptional?: boolean
}

/** Named `name`. */
export function NameField({ value = '', isOptional = false }: NameProps) {
  const { account } = useOuterTexts()
  return (
    <TextField name="name" autoComplete="name" maxLength={LONGEST_NAME} defaultValue={value} isRequired={!isOptional}>
      <Label>{account.name}</Label>
      <Input dir="auto" />
      <div className="note">
        {isOptional && <Text slot="description">{account.optional}</Text>}
        <FieldError>{account.enterName}</FieldError>
      </div>
    </TextField>
  )
}
