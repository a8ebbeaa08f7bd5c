/** Whether a symbolic link can only lead to places inside the folder that holds it. */

/**
 * `path` is the link's own, relative to the folder; its parents must be real folders. Steps up are allowed at the
 * start of a target only: further on, `a/..` leads elsewhere when `a` is itself a link.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0') || target.includes('\\')) return false
  const steps = target.split('/').filter((step) => step !== '' && step !== '.')
  const firstDown = steps.findIndex((step) => step !== '..')
  const ups = firstDown === -1 ? steps.length : firstDown
  const depth = path.split('/').length - 1
  return ups <= depth && !steps.slice(ups).includes('..')
}
