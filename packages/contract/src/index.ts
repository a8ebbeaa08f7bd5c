/** What every process of Slipway agrees on: resources, routes, errors. */
export * from './environment.ts'
export * from './errors.ts'
export * from './file.ts'
export * from './model.ts'
export * from './names.ts'
export * from './problem.ts'
export * from './resource.ts'
export * from './route.ts'
