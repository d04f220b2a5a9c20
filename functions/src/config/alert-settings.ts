import type { Definition, Reader } from './reader.ts'

/** Part of the one table in settings.ts: what `npm run provision` makes alarms with. No function reads them. */
export const ALERT_DEFINITIONS = {
  ALERT_EMAIL: {
    meaning: 'address that alarms go to; empty: they are only in Cloud Monitoring',
    default: '',
  },
  ALERT_IMAGES_PER_HOUR: {
    meaning: 'more images than this in an hour raise an alarm: what they cost should be no surprise',
    unit: 'images',
    default: '50000',
    min: 1,
  },
  ALERT_KAFKA_LAG: {
    meaning: 'more records than this that wait in Kafka raise an alarm',
    unit: 'records',
    default: '10000',
    min: 1,
  },
} as const satisfies Record<string, Definition>

export interface AlertSettings {
  /** Empty: nobody is told. */
  readonly email: string
  readonly imagesPerHour: number
  readonly kafkaLag: number
}

const EMAIL = /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/

export const alertsOf = ({ matching, whole }: Reader<keyof typeof ALERT_DEFINITIONS>): AlertSettings => ({
  email: matching('ALERT_EMAIL', EMAIL),
  imagesPerHour: whole('ALERT_IMAGES_PER_HOUR'),
  kafkaLag: whole('ALERT_KAFKA_LAG'),
})
