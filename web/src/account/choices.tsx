/** What is chosen for this browser: the language and the appearance. */
import { useId, useState } from 'react'
import { LANGUAGES, type Language } from '../texts/texts.ts'
import { useOuterLocale, useOuterTexts } from '../ui/locale.tsx'
import { chooseTheme, chosenTheme, THEMES } from '../ui/theme.ts'

interface SelectProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly lang?: string }[]
  readonly onChoose: (value: Value) => void
}

function Select<Value extends string>({ label, value, choices, onChoose }: SelectProps<Value>) {
  const id = useId()
  return (
    <p className="choice">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = choices.find((choice) => choice.value === currentTarget.value)
          if (chosen !== undefined) onChoose(chosen.value)
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} lang={choice.lang}>
            {choice.label}
          </option>
        ))}
      </select>
    </p>
  )
}

const LANGUAGE_CHOICES = (Object.keys(LANGUAGES) as Language[]).map((value) => ({
  value,
  label: LANGUAGES[value],
  lang: value,
}))

export function LanguageChoice() {
  const { common } = useOuterTexts()
  const { language, choose } = useOuterLocale()
  return <Select label={common.language} value={language} choices={LANGUAGE_CHOICES} onChoose={choose} />
}

export function ThemeChoice() {
  const { common } = useOuterTexts()
  const [theme, setTheme] = useState(chosenTheme)
  return (
    <Select
      label={common.theme}
      value={theme}
      choices={THEMES.map((value) => ({ value, label: common.themes[value] }))}
      onChoose={(next) => {
        chooseTheme(next)
        setTheme(next)
      }}
    />
  )
}
