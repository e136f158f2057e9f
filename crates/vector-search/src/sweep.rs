//! One search: the plan, the scan, the fall back when memory for codes is refused.

use crate::bounds::F32Bound;
use crate::calibrate;
use crate::collect::Collector;
use crate::config::{IndexKind, Quantization};
use crate::desk::{Asked, Desk};
use crate::index::VectorIndex;
use crate::int8::Int8Scan;
use crate::scan_f32;
use crate::side::Plan;
use error_code::Result;

/// Hits that searches are made ready for; what others read beyond that, they make themselves.
const LIKELY_K: usize = 10;

impl VectorIndex {
    /// Finds the best rows for the desk's query into its `top`, by a plan that was prepared.
    pub(crate) fn sweep(&self, mut plan: Plan, asked: &Asked, desk: &mut Desk) -> Result<()> {
        let &Asked { k, masked, matching, .. } = asked;
        let Desk { query, buffers, list, top, row, int8_query, int8_buffers, bit_query, bit_buffers, best, .. } = desk;
        let query = &*query;
        if self.extremes > 0 || query.extreme {
            // Counting signs is right for any values.
            plan = if plan == Plan::Count { plan } else { Plan::Wide };
        }
        if plan == Plan::Int8 || matches!(plan, Plan::Bits(_)) && self.side.int8.is_some() {
            int8_query.set(self.config.metric, &query.values, query.norm)?;
        }
        // Measuring candidates has used both.
        list.start(k)?;
        top.start(k)?;
        let words = &self.mask[..self.live.words().len()];
        let mut to = Collector { list, top, query, store: &self.store, metric: self.config.metric, mask: masked.then_some(words), row };
        let (metric, weights, side) = (self.config.metric, &self.weights, &self.side);
        let rows = self.store.len();
        let bound = F32Bound::new(metric, self.config.dimensions, query.norm);
        match plan {
            Plan::Wide => {
                scan_f32::wide(&mut to);
                return Ok(());
            }
            Plan::F32 if matching < rows / 2 => scan_f32::gather(words, weights, bound, buffers, &mut to),
            Plan::F32 => scan_f32::scan(weights, bound, buffers, &mut to),
            Plan::Count => {
                let Some(bits) = &side.bits else { unreachable!("counting was planned because there are bits") };
                bit_query.set_signs(&query.values)?;
                bits.differing(bit_query, bit_buffers, |first, differing| {
                    for (i, &d) in differing.iter().enumerate() {
                        let score = 1.0 / (1.0 + f64::from(d));
                        if score > to.top.worst() && to.allowed(first + i) {
                            to.top.push(score, (first + i) as u32);
                        }
                    }
                });
                return Ok(());
            }
            Plan::Int8 => {
                let Some(codes) = &side.int8 else { unreachable!("int8 was planned because there are codes") };
                let scan = Int8Scan { codes, weights, query: int8_query };
                // A row out of order costs about half as much again as one in a stream.
                if matching < rows * 2 / 3 { scan.gather(words, &mut to) } else { scan.scan(int8_buffers, &mut to) }
            }
            Plan::Bits(wanted) => {
                let scan = side.int8.as_ref().map(|codes| Int8Scan { codes, weights, query: int8_query });
                // The estimates of 6 rows cost as much as one row of int8 codes out of order, those of 16 as one of f32.
                if matching < rows / if scan.is_some() { 6 } else { 16 } + wanted {
                    match scan {
                        Some(scan) => scan.gather(words, &mut to),
                        None => scan_f32::gather(words, weights, bound, buffers, &mut to),
                    }
                } else {
                    let Some(bits) = &side.bits else { unreachable!("estimates were planned because there are bits") };
                    bit_query.set(&query.values, bits)?;
                    best.start(wanted)?;
                    bits.estimate(metric, weights, bit_query, bit_buffers, |first, estimates| {
                        best.offer(first, estimates, |slot| to.allowed(slot));
                    });
                    let chosen = best.finish();
                    match scan {
                        Some(scan) => chosen.iter().for_each(|c| scan.offer(c.slot as usize, &mut to)),
                        None => chosen.iter().for_each(|c| scan_f32::offer_row(c.slot as usize, weights, bound, buffers, &mut to)),
                    }
                }
            }
        }
        to.flush();
        Ok(())
    }

    /// Chooses a plan and makes the codes it reads, measuring how many candidates it takes when the collection has doubled.
    /// Where memory for codes is refused the rows themselves are scanned.
    pub(crate) fn prepare(&mut self, k: usize, exact: bool) -> Plan {
        let rows = self.store.len();
        loop {
            let plan = self.side.plan(&self.config, rows, k, exact);
            let built = self
                .side
                .build(plan, self.config.metric, &self.store, &self.weights, rows, &mut self.row)
                .and_then(|()| self.desk.fit_codes(&self.store, &self.side));
            match built {
                Err(_) if plan == Plan::Count => return Plan::Wide,
                Err(_) => return Plan::F32,
                Ok(()) if !self.measures(plan) => return plan,
                Ok(()) => match calibrate::candidates(self) {
                    Ok(candidates) => self.side.measured(candidates, rows),
                    Err(_) => return Plan::Int8,
                },
            }
        }
    }

    /// True when candidates are to be counted before the plan is carried out.
    fn measures(&self, plan: Plan) -> bool {
        // Without f32 rows there is nothing better to measure against.
        let measurable = self.config.quantization == Quantization::Auto || self.config.rescore;
        matches!(plan, Plan::Bits(_)) && measurable && self.extremes == 0 && self.store.len() >= 2 * self.side.measured_at
    }

    /// What the next search will most likely read. A graph that was asked for by name measures on int8 codes or on rows; beside one that
    /// 'auto' made, filtered searches go on scanning.
    fn likely_plan(&self) -> Plan {
        let named = self.config.index == IndexKind::Hnsw && self.graph.is_some();
        if named { Plan::Int8 } else { self.side.plan(&self.config, self.store.len(), LIKELY_K, false) }
    }

    /// What [`VectorIndex::prepare_ahead`] has to do, in rows.
    pub fn unprepared(&self) -> usize {
        let plan = self.likely_plan();
        match self.side.missing(plan, self.store.len()) {
            0 => usize::from(self.measures(plan) && self.side.refused_at != Some(self.store.len())),
            rows => rows,
        }
    }

    /// Does what the next search would otherwise do first: makes the codes of up to `rows` rows, or measures with one query. Gives what
    /// is left, in rows. Memory refused is no error: searches do without.
    pub fn prepare_ahead(&mut self, rows: usize) -> usize {
        let (plan, total) = (self.likely_plan(), self.store.len());
        let missing = self.side.missing(plan, total);
        let done = if missing > 0 {
            let target = total - missing.saturating_sub(rows);
            self.side.build(plan, self.config.metric, &self.store, &self.weights, target, &mut self.row)
        } else if self.measures(plan) {
            self.desk.fit_codes(&self.store, &self.side).and_then(|()| calibrate::ask_one(self)).map(|candidates| {
                if let Some(candidates) = candidates {
                    self.side.measured(candidates, total);
                }
            })
        } else {
            Ok(())
        };
        if done.is_err() {
            self.side.refused_at = Some(total);
        }
        self.unprepared()
    }
}
