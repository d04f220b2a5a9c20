/**
 * Batches as others write them, to read in tests: Apache Kafka's own client, and the reference libraries under Python.
 * They are in gzip and base64, since many of them are one byte over and over.
 */
import { gunzipSync } from 'node:zlib'
import type { CodecName } from '../kafka-codecs.ts'

/** What the batches hold. The large one takes several blocks of 64 KiB, and the last can only be stored as it is. */
export const PAYLOADS = {
  small: Buffer.from('darkroom '.repeat(50)),
  large: Buffer.from('darkroom '.repeat(20_000)),
  incompressible: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
}

interface Batch {
  readonly codec: CodecName
  readonly writer: string
  readonly payload: keyof typeof PAYLOADS
  readonly bytes: Buffer
}

export const BATCHES: readonly Batch[] = [
  {
    codec: 'gzip',
    writer: 'kafka-clients 4.4.0',
    payload: 'small',
    bytes: unpacked('H4sIAAAAAAACA5Pv5mAAg//enjqn9E6dPx/qIZnK48vGEBR+6sAhRgYGAP2HWeoiAAAA'),
  },
  {
    codec: 'gzip',
    writer: 'kafka-clients 4.4.0',
    payload: 'large',
    bytes: unpacked('H4sIAAAAAAACA5Pv5mAAg/9vj23kZDDgYd4Q/itKMVqz7Y/9k74Gk5V5+/3+aQqOApqBmxMYq7o77RT2MzEAANb9nPWNAQAA'),
  },
  {
    codec: 'gzip',
    writer: 'kafka-clients 4.4.0',
    payload: 'incompressible',
    bytes: unpacked(
      'H4sIAAAAAAACAwEXAej+H4sIAAAAAAAA/wEAAf/+AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/3OMBSkAAQAA3K9uWRcBAAA=',
    ),
  },
  {
    codec: 'snappy',
    writer: 'kafka-clients 4.4.0',
    payload: 'small',
    bytes: unpacked('H4sIAAAAAAACA2sK9nMMCIhkAAJGKFY8xKyQkliUXZSfn6vwj5MBDT3iZAAAQWUYiTUAAAA='),
  },
  {
    codec: 'snappy',
    writer: 'kafka-clients 4.4.0',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA+3VsQmAMBBG4dOAkMIdsooLiGClnWAnIZABJDiJczmMKMi5xL3juwX+5h1j3w3DJO9V3zdtKXVYl7zllGK4vQAArLm8aBD+IrAKANgOQtQisAoA2A5C0iKwCgAYD4IWgVUAwGoQnDv3kDUIjAJrZi8PeHCc72whAAA=',
    ),
  },
  {
    codec: 'snappy',
    writer: 'kafka-clients 4.4.0',
    payload: 'incompressible',
    bytes: unpacked(
      'H4sIAAAAAAACAwEYAef+glNOQVBQWQAAAAABAAAAAQAAAQSAAvD/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/2mhTXEYAQAA',
    ),
  },
  {
    codec: 'lz4',
    writer: 'kafka-clients 4.4.0',
    payload: 'small',
    bytes: unpacked('H4sIAAAAAAACA2NR8pVIcGgSYWBgmJ+SWJRdlJ+fq8DJ8H9RAJgFFGYAAPJUMB4jAAAA'),
  },
  {
    codec: 'lz4',
    writer: 'kafka-clients 4.4.0',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA2NR8pVIcGgSZmRgmJ+SWJRdlJ+fq8DJ8H+Eg/sB4KAAB0uuAjRgRoPlfgA4KC4xAIMFlFDAvCEfLPsCwKke6CkGAOt/e9cPAwAA',
    ),
  },
  {
    codec: 'lz4',
    writer: 'kafka-clients 4.4.0',
    payload: 'incompressible',
    bytes: unpacked(
      'H4sIAAAAAAACAwEPAfD+BCJNGGBAggABAIAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoOEhYaHiImKi4yNjo+QkZKTlJWWl5iZmpucnZ6foKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr/AwcLDxMXGx8jJysvMzc7P0NHS09TV1tfY2drb3N3e3+Dh4uPk5ebn6Onq6+zt7u/w8fLz9PX29/j5+vv8/f7/AAAAAK2ft3QPAQAA',
    ),
  },
  {
    codec: 'zstd',
    writer: 'kafka-clients 4.4.0',
    payload: 'small',
    bytes: unpacked('H4sIAAAAAAACA9PYqv+XIaKFgcEjJbEouyg/P1eBkWFbyGlBRgYGAM5wyNEcAAAA'),
  },
  {
    codec: 'zstd',
    writer: 'kafka-clients 4.4.0',
    payload: 'large',
    bytes: unpacked('H4sIAAAAAAACA9PYqv+XIaKHgcEjJbEouyg/P1eBkeHL/zOnBX0YGDjyGRlk7GU5GBkZGACjw7xnKQAAAA=='),
  },
  {
    codec: 'zstd',
    writer: 'kafka-clients 4.4.0',
    payload: 'incompressible',
    bytes: unpacked(
      'H4sIAAAAAAACAwEMAfP+KLUv/QBYAAgAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/wEAAOLTfWMMAQAA',
    ),
  },
  {
    codec: 'snappy',
    writer: 'python-snappy 0.7.3, a raw block',
    payload: 'small',
    bytes: unpacked('H4sIAAAAAAACAzvErJCSWJRdlJ+fq/CPkwENPeJkAAAeSPZOIQAAAA=='),
  },
  {
    codec: 'snappy',
    writer: 'python-snappy 0.7.3, a raw block',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA+3ZwQmAMBBE0VzXKlKXN8GbhEAqsi6LCRLBKvbBq2Bun7nnVs9jXKP3VmcUAAAggydKbX8LmAMAABKVwLoDvhYwBwCQwR7lBSc8354YIQAA',
    ),
  },
  {
    codec: 'snappy',
    writer: 'python-snappy 0.7.3, a raw block',
    payload: 'incompressible',
    bytes: unpacked(
      'H4sIAAAAAAACAwEEAfv+gALw/wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5/gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2+v8DBwsPExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8NLVg0BAEAAA==',
    ),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, independent 64 KiB blocks',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA2NR8pVIcGgSZmRgmJ+SWJRdlJ+fq8DJ8H+Eg/sB4KCYxQAMllwFaMAMmmBhCwDFUgo40mBxljIaafcDwEHhDYo0WJzlkh8s0wPAAQs0jQEAnYdU8yYDAAA=',
    ),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, independent 64 KiB blocks, with size and checksums',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA2NR8pWocVDYz8QAAmzCjAwM81MSi7KL8vNzFTgZ/o9wcD8AHBRzFiuxzAKGz/xcBWjgDJqgYQsAxVTKgWc3BMGRB4u7lNHIux8ADgphAYsb3qDIg8VdLvlBMz0AHLjVP4VmgPKLknqBOAAw4e5ZQgMAAA==',
    ),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, linked 64 KiB blocks',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA2NR8pVwcDggzMjAMD8lsSi7KD8/V4GT4f8IB/cDwEExkYGBgf/nYHEUfwAoclK4gHHFv6xtpEfRiwBwYnUCRRH5CXZBADjFAw1hAABcUas9CwMAAA==',
    ),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, linked 64 KiB blocks, with size and checksums',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA2NR8pWIcVDYz8QAAq3CjAwM81MSi7KL8vNzFTgZ/o9wcD8AHBRzFiuxTASGD//PweIw/gBQBKUU7LgryAWMM/5lbSM9ql4EgBOt5rNdy51AUUV+4l0QAE79rhfC94MyhZJ6gTgALJwdbicDAAA=',
    ),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, independent 4 MiB blocks',
    payload: 'large',
    bytes: unpacked('H4sIAAAAAAACA2NR8pVIKCiezcjAMD8lsSi7KD8/V4GT4f8oGBSAPQAUHyk+oOiBxU7KaPSQDWYEgIOQAQgAZtW3+foCAAA='),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, independent 4 MiB blocks, with size and checksums',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA2NR8pWoKVDYz8QAAjNnMzIwzE9JLMouys/PVeBk+D8KBgVgDwDFR4rypH3LfUBRBIuhlNEoIhvMCAAH4dXDSvNBaV9JvUAcAPFp3BUOAwAA',
    ),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, linked 4 MiB blocks',
    payload: 'large',
    bytes: unpacked('H4sIAAAAAAACA2NR8pVwKLg/m5GBYX5KYlF2UX5+rgInw/9RMCgAewAoPlJ8QNEDi52U0eghG8wIAAchAxAAAKjUUWr6AgAA'),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, linked 4 MiB blocks, with size and checksums',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA2NR8pWIKVDYz8QAAhtmMzIwzE9JLMouys/PVeBk+D8KBgVgDwDFR4rypH3LfUBRBIuhlNEoIhvMCAAH4dXDSvNBaV9JvUAcANIlURkOAwAA',
    ),
  },
  {
    codec: 'lz4',
    writer: 'python lz4 4.4.5, stored blocks',
    payload: 'incompressible',
    bytes: unpacked(
      'H4sIAAAAAAACAwEPAfD+BCJNGEBAwAABAIAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoOEhYaHiImKi4yNjo+QkZKTlJWWl5iZmpucnZ6foKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr/AwcLDxMXGx8jJysvMzc7P0NHS09TV1tfY2drb3N3e3+Dh4uPk5ebn6Onq6+zt7u/w8fLz9PX29/j5+vv8/f7/AAAAAPwY+9QPAQAA',
    ),
  },
  {
    codec: 'zstd',
    writer: 'python zstandard 0.25.0, with size',
    payload: 'large',
    bytes: unpacked('H4sIAAAAAAACA9PYqv93gcJ+JoYeBgaPlMSi7KL8/FwFRoYv/8+cFvRlYODIZ2SQsZflYAQA3W8d5ikAAAA='),
  },
  {
    codec: 'zstd',
    writer: 'python zstandard 0.25.0, with checksum',
    payload: 'large',
    bytes: unpacked('H4sIAAAAAAACA9PYqv+XxaGHgcEjJbEouyg/P1eBkeHL/zOnBX0ZGDjyGRlk7GU5GK3rL/8HAPxy1JEqAAAA'),
  },
  {
    codec: 'zstd',
    writer: 'python zstandard 0.25.0, two frames',
    payload: 'large',
    bytes: unpacked('H4sIAAAAAAACA9PYqv93wYR4RoZeBgaPlMSi7KL8/FwFRoaW+DOnBTXwSQIA0g07eDoAAAA='),
  },
  {
    codec: 'gzip',
    writer: 'python zlib, two members',
    payload: 'large',
    bytes: unpacked(
      'H4sIAAAAAAACA5Pv5mAAASbmt8c2cjIY8DBvCP8VpRit2fbH/km/gu+q2+sn13u5DCWQEs522t7CckI8I4P8sPYdACHv3N+8AQAA',
    ),
  },
]

function unpacked(gzipped: string): Buffer {
  return gunzipSync(Buffer.from(gzipped, 'base64'))
}
