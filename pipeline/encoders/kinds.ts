import type { FieldKind } from '../experts/product.ts'

/** Every kind of field. */
export const fieldKinds: readonly FieldKind[] = ['number', 'category', 'boolean', 'timestamp', 'text']
