/** The seam between SQLite's VFS and the places that keep files. Declared in the host's room, which implements it. */
export type { SqlFiles } from '../../../host/storage/sql-files.js';
