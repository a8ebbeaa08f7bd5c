/** Lays out the files that a worker sees: the script's, and the models as Azure placed them. */
import { constants } from 'node:fs'
import { cp, mkdir, rm, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import type { Bundle, BundleModel } from '../driver.ts'
import type { ReplicaPaths } from './replica-paths.ts'

/** Makes the folders anew: what an earlier run of the script wrote is gone, so that each start is the same. */
export async function layOutApp(bundle: Bundle, paths: ReplicaPaths): Promise<void> {
  const own = [paths.app, paths.home, paths.temporary]
  await Promise.all([...own, paths.socket].map((entry) => rm(entry, { recursive: true, force: true })))
  await Promise.all(own.map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })))
  await cp(bundle.appDir, paths.app, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  })
  await mkdir(paths.models, { recursive: true })
  for (const model of bundle.models) await linkModel(model, modelFolder(paths.models, model))
}

/** Folder of one version of a model, as scripts expect it. */
export function modelFolder(modelsDir: string, { name, version }: BundleModel): string {
  return path.join(modelsDir, name, String(version))
}

/** Models are linked, not copied: they may be gigabytes, and replicas share the page cache. */
async function linkModel(model: BundleModel, folder: string): Promise<void> {
  const source = path.resolve(model.path)
  const isFolder = (await stat(source)).isDirectory()
  await mkdir(isFolder ? path.dirname(folder) : folder, { recursive: true })
  await symlink(source, isFolder ? folder : path.join(folder, path.basename(source)))
}
