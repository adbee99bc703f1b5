/** A detector and the file that it is kept in. */
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Detector } from 'veto'

/** The detector of a file, or a new one where there is no file yet. */
export async function load(path) {
  try {
    return Detector.load(await readFile(path))
  } catch (error) {
    if (error.code === 'ENOENT') return new Detector()
    throw error
  }
}

/** Put the detector in place of the last one at once: whatever happens, one of them is there as a whole. */
export async function save(detector, path) {
  const next = `${path}.tmp`
  await written(next, file => file.writeFile(detector.save()))
  await rename(next, path)
  // Its new name is in the folder.
  await written(dirname(path), () => {}, 'r')
}

/** Work on a file, which is on the disk afterwards. */
async function written(path, work, flags = 'w') {
  const file = await open(path, flags)
  try {
    await work(file)
    await file.sync()
  } finally {
    await file.close()
  }
}
