/** Every case of the data processor, marked as its own. */
import aggregate from './data-aggregate.mjs';
import arrow from './data-arrow.mjs';
import compress from './data-compress.mjs';
import dispatch from './data-dispatch.mjs';
import errors from './data-errors.mjs';
import expressions from './data-expressions.mjs';
import groups from './data-groups.mjs';
import join from './data-join.mjs';
import large from './data-large.mjs';
import lifecycle from './data-lifecycle.mjs';
import load from './data-load.mjs';
import stream from './data-stream.mjs';
import table from './data-table.mjs';
import text from './data-text.mjs';
import top from './data-top.mjs';
import transform from './data-transform.mjs';
import transformText from './data-transform-text.mjs';
import twins from './data-twins.mjs';

const ALL = [...load, ...text, ...arrow, ...aggregate, ...groups, ...transform, ...transformText, ...expressions, ...table, ...top, ...join, ...dispatch, ...errors, ...compress, ...stream, ...lifecycle, ...large, ...twins];
export const DATA = ALL.map((c) => ({ ...c, name: `data ${c.name}`, service: 'data' }));
