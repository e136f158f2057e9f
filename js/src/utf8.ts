/** The host's own encoder and decoders, made when first needed: importing the package touches no global. */
let encoder: TextEncoder | undefined;
let decoder: TextDecoder | undefined;
let strict: TextDecoder | undefined;

export const utf8Encoder = (): TextEncoder => (encoder ??= new TextEncoder());

/** Leaves a byte order mark where it is. */
export const utf8Decoder = (): TextDecoder => (decoder ??= new TextDecoder('utf-8', { ignoreBOM: true }));

/** The same, and throws TypeError on what is no UTF-8. */
export const strictUTF8Decoder = (): TextDecoder => (strict ??= new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }));
