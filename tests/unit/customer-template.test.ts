import { parseOverride } from '../../functions/src/processing/profile.ts'
import { PROFILES } from '../../functions/src/processing/profiles.ts'
import { templateFor } from '../../web/src/admin/customers/limits.ts'

it('the profiles that the admin’s page begins with are some that the project can run, whatever the customer is called', () => {
  for (const name of ['Acme', 'c1', '🦄'.repeat(300), '"</script>']) {
    const { profiles, choose } = parseOverride(JSON.parse(templateFor(name)), PROFILES)
    expect(profiles.get('marked')?.steps.map(({ processor }) => processor.name)).toContain('watermark')
    expect(choose).toEqual([{ profile: 'marked' }])
  }
})
