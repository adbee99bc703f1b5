/** What a bank says about keys. */
import type { Notice } from '../records.ts'

/** There are more keys than may have a model of their own. */
export const keysNotice = (most: number): Notice => ({
  code: 'keys',
  field: '',
  message: `expected up to about ${most} keys, got more: the further ones share models; allow more keys, or choose a key that repeats`,
})
