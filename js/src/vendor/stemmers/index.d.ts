/**
 * Types of the module that scripts/vendor-stemmers.mjs writes beside the compiled files: one Snowball stemmer per language, from
 * a lower-case word to its stem. Static imports: a worker's script holds all of its service; 17 kB gzip for all of them.
 */
type Stemmer = (word: string) => string;

export declare const danish: Stemmer;
export declare const dutch: Stemmer;
export declare const finnish: Stemmer;
export declare const french: Stemmer;
export declare const german: Stemmer;
export declare const hungarian: Stemmer;
export declare const italian: Stemmer;
export declare const norwegian: Stemmer;
export declare const portuguese: Stemmer;
export declare const romanian: Stemmer;
export declare const russian: Stemmer;
export declare const spanish: Stemmer;
export declare const swedish: Stemmer;
export declare const turkish: Stemmer;
