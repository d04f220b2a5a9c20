/** Allow policies as values: what is missing in one, and one with it. https://cloud.google.com/iam/docs/reference/rest/v1/Policy */

export interface Condition {
  readonly title: string
  readonly description?: string
  /** CEL. https://cloud.google.com/iam/docs/conditions-overview */
  readonly expression: string
}

export interface Binding {
  readonly role: string
  readonly members?: readonly string[]
  readonly condition?: Condition
}

/** What else a policy holds, such as auditConfigs, goes back as it came. */
export interface Policy {
  readonly version?: number
  readonly etag?: string
  readonly bindings?: readonly Binding[]
}

export interface Grant {
  readonly role: string
  readonly member: string
  readonly condition?: Condition
}

/** With conditions a policy has this version, and is given out whole only to who asks for it. https://cloud.google.com/iam/docs/allow-policies#versions */
export const POLICY_VERSION = 3

/** Only the expression counts: a title changed by hand changes nothing. */
const sameCondition = (one: Condition | undefined, other: Condition | undefined) =>
  one?.expression === other?.expression

const holds = (policy: Policy, { role, member, condition }: Grant) =>
  (policy.bindings ?? []).some(
    (binding) =>
      binding.role === role &&
      (binding.members ?? []).includes(member) &&
      // What is given without a condition holds under any.
      (binding.condition === undefined || sameCondition(binding.condition, condition)),
  )

export const missingIn = (policy: Policy, grants: readonly Grant[]): readonly Grant[] =>
  grants.filter((grant) => !holds(policy, grant))

/** Nobody loses anything: each grant that is missing joins a binding of its role and condition, or makes one. */
export function withGrants<P extends Policy>(policy: P, grants: readonly Grant[]): P & Policy {
  const bindings = [...(policy.bindings ?? [])]
  for (const grant of missingIn(policy, grants)) {
    const { role, member, condition } = grant
    const at = bindings.findIndex((each) => each.role === role && sameCondition(each.condition, condition))
    const there = bindings[at]
    if (there === undefined) bindings.push({ role, members: [member], ...(condition && { condition }) })
    else bindings[at] = { ...there, members: [...(there.members ?? []), member] }
  }
  const version = bindings.some(({ condition }) => condition !== undefined) ? POLICY_VERSION : (policy.version ?? 1)
  return { ...policy, bindings, version }
}

/** What these members have in a policy beyond what they should. */
export function excessIn(policy: Policy, members: readonly string[], allowed: readonly Grant[]): readonly Grant[] {
  const excess: Grant[] = []
  for (const { role, members: those = [], condition } of policy.bindings ?? []) {
    for (const member of those) {
      if (!members.includes(member)) continue
      const may = allowed.some(
        (each) => each.role === role && each.member === member && sameCondition(each.condition, condition),
      )
      if (!may) excess.push({ role, member, ...(condition && { condition }) })
    }
  }
  return excess
}
