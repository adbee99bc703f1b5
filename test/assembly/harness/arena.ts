/** The arena alone, as the only user of an instance's memory. */
export { allocate, release, scratch, staging } from '../../../assembly/arena';
