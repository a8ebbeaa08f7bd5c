/** Lays out the files that a worker sees: the script's, and the models as Azure placed them. */
import { constants } from 'node:fs'
import { cp, mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
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
  const placed = await Promise.all(bundle.models.map((model) => placeModel(model, paths)))
  await writeModelMap(placed, paths.app)
}

interface PlacedModel {
  name: string
  version: number
  /** Where `get_model_path` points, relative to the root of the application. */
  path: string
}

/** What Azure called it; a file of the application of that name is left alone. */
const modelMap = 'model_config_map.json'

/** A folder with one file looks like a file model: only this list tells the two apart. */
async function writeModelMap(models: readonly PlacedModel[], appDir: string): Promise<void> {
  const text = `${JSON.stringify({ models }, undefined, 2)}\n`
  await writeFile(path.join(appDir, modelMap), text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** Folder of one version of a model, as scripts expect it. */
export function modelFolder(modelsDir: string, { name, version }: BundleModel): string {
  return path.join(modelsDir, name, String(version))
}

/** Models are linked, not copied: they may be gigabytes, and replicas share the page cache. */
async function placeModel(model: BundleModel, paths: ReplicaPaths): Promise<PlacedModel> {
  const source = path.resolve(model.path)
  const folder = modelFolder(paths.models, model)
  const target = (await stat(source)).isDirectory() ? folder : path.join(folder, path.basename(source))
  await mkdir(path.dirname(target), { recursive: true })
  await symlink(source, target)
  return { name: model.name, version: model.version, path: path.relative(paths.app, target) }
}
