/** Arguments that make no sense: printed as it stands, exit status 2. */
export class Misuse extends Error {}

/** The one of `allowed` that was given. */
export function oneOf(option, value, allowed) {
  if (!allowed.includes(value)) throw new Misuse(`--${option} ${value}: take ${allowed.join(', ')}`);
  return value;
}
