/** What whoever deploys is given for the smoke test. */
import { databaseCondition, holdersOf, type WantedGrant } from './iam-holders.ts'
import { SMOKE_RIGHTS, type SmokeRight } from './iam-roles.ts'
import type { Project } from './project.ts'

export const smokeGrants = (project: Project, member: string): readonly WantedGrant[] =>
  SMOKE_RIGHTS.flatMap((right) =>
    holdersOf(right.on, project, null).map(({ holder, needs }) => {
      const condition = smokeCondition(project, right)
      return {
        holder,
        needs,
        grant: { role: right.role, member, ...(condition !== null && { condition }) },
        because: `the smoke test ${right.because}`,
      }
    }),
  )

/** https://cloud.google.com/storage/docs/access-control/iam#conditions */
function smokeCondition({ projectId, settings }: Project, { on, objects }: SmokeRight) {
  if (on === 'database') return databaseCondition(projectId)
  if (objects === undefined) return null
  const bucket = on === 'raw bucket' ? settings.rawBucket : settings.processedBucket
  return {
    title: 'Darkroom: smoke test',
    expression: `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${objects}")`,
  }
}
