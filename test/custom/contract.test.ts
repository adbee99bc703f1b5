/** An energy of the user's own keeps what every family promises. */
import { test } from 'uvu'
import { customFamily } from '../../pipeline/custom/custom-family.ts'
import type { FamilyOptions, VisibleGroup } from '../../pipeline/experts/product.ts'
import { checkAnswers } from '../contract/answers.ts'
import { checkRefusals } from '../contract/refusals.ts'
import { checkState } from '../contract/state.ts'
import { bells } from './definitions.ts'

const family = customFamily(bells)
const visible: VisibleGroup[] = [1, 6, 4].map(size => ({ kind: 'real', size }))

const subject = { title: 'custom', family, visible, options: { learningRate: 1 } }
checkAnswers(subject)
checkState(subject)
checkRefusals(subject)

const chained: FamilyOptions = { learningRate: 1, batchSize: 4, persistentChains: 3, cdSteps: 2 }
const persistent = { title: 'custom, persistent chains', family, visible, options: chained }
checkState(persistent)
checkRefusals(persistent)

test.run()
