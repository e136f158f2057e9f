/** Generated at build by scripts/build-entries.mjs. */
export declare const text: string;
export declare const bytes: number;
