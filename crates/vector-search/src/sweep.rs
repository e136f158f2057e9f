//! One search: the plan, the scan, the fall back when memory for codes is refused.

use crate::bounds::F32Bound;
use crate::calibrate;
use crate::collect::Collector;
use crate::config::Quantization;
use crate::index::VectorIndex;
use crate::int8::Int8Scan;
use crate::scan_f32;
use crate::side::Plan;
use error_code::Result;

impl VectorIndex {
    /// Finds the best rows for `self.query` into `self.top`. `masked`: not every slot may be returned; `matching` may.
    pub(crate) fn sweep(&mut self, masked: bool, matching: usize, k: usize, exact: bool) -> Result<()> {
        let mut plan = self.prepare(k, exact);
        if self.extremes > 0 || self.query.extreme {
            // Counting signs is right for any values.
            plan = if plan == Plan::Count { plan } else { Plan::Wide };
        }
        if plan == Plan::Int8 || matches!(plan, Plan::Bits(_)) && self.side.int8.is_some() {
            self.side.int8_query.set(self.config.metric, &self.query.values, self.query.norm)?;
        }
        self.list.start(k)?;
        let words = &self.mask[..self.live.words().len()];
        let mut to = Collector {
            list: &mut self.list,
            top: &mut self.top,
            query: &self.query,
            store: &self.store,
            metric: self.config.metric,
            mask: masked.then_some(words),
            row: &mut self.row,
        };
        let (metric, weights, side) = (self.config.metric, &self.weights, &mut self.side);
        let rows = self.store.len();
        let bound = F32Bound::new(metric, self.config.dimensions, self.query.norm);
        match plan {
            Plan::Wide => return Ok(scan_f32::wide(&mut to)),
            Plan::F32 if matching < rows / 2 => scan_f32::gather(words, weights, bound, &mut self.buffers, &mut to),
            Plan::F32 => scan_f32::scan(weights, bound, &mut self.buffers, &mut to),
            Plan::Count => {
                let Some(bits) = &side.bits else { unreachable!("counting was planned because there are bits") };
                side.bit_query.set_signs(&self.query.values)?;
                bits.differing(&side.bit_query, &mut side.bit_buffers, |first, differing| {
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
                let scan = Int8Scan { codes, weights, query: &side.int8_query };
                // A row out of order costs about half as much again as one in a stream.
                if matching < rows * 2 / 3 { scan.gather(words, &mut to) } else { scan.scan(&mut side.int8_buffers, &mut to) }
            }
            Plan::Bits(wanted) => {
                let scan = side.int8.as_ref().map(|codes| Int8Scan { codes, weights, query: &side.int8_query });
                // The estimates of six rows cost as much as one row of int8 codes out of order.
                if matching < rows / 6 + wanted {
                    match scan {
                        Some(scan) => scan.gather(words, &mut to),
                        None => scan_f32::gather(words, weights, bound, &mut self.buffers, &mut to),
                    }
                } else {
                    let Some(bits) = &side.bits else { unreachable!("estimates were planned because there are bits") };
                    side.bit_query.set(&self.query.values, bits)?;
                    side.best.start(wanted)?;
                    bits.estimate(metric, weights, &side.bit_query, &mut side.bit_buffers, |first, estimates| {
                        side.best.offer(first, estimates, |slot| to.allowed(slot));
                    });
                    let chosen = side.best.finish();
                    match scan {
                        Some(scan) => chosen.iter().for_each(|c| scan.offer(c.slot as usize, &mut to)),
                        None => chosen.iter().for_each(|c| scan_f32::offer_row(c.slot as usize, weights, bound, &mut self.buffers, &mut to)),
                    }
                }
            }
        }
        to.flush();
        Ok(())
    }

    /// Chooses a plan and makes the codes it reads, measuring how many candidates it takes when the collection has doubled.
    /// Where memory for codes is refused the rows themselves are scanned.
    fn prepare(&mut self, k: usize, exact: bool) -> Plan {
        let rows = self.store.len();
        loop {
            let plan = self.side.plan(&self.config, rows, k, exact);
            let built = self.side.build(plan, self.config.metric, &self.store, &self.weights, rows, &mut self.row);
            let measure = matches!(plan, Plan::Bits(_)) && self.config.quantization == Quantization::Auto && rows >= 2 * self.side.measured_at;
            match built {
                Err(_) if plan == Plan::Count => return Plan::Wide,
                Err(_) => return Plan::F32,
                Ok(()) if !measure || self.extremes > 0 => return plan,
                Ok(()) => match calibrate::candidates(self) {
                    Ok(candidates) => {
                        self.side.candidates = Some(candidates);
                        self.side.measured_at = rows;
                    }
                    Err(_) => return Plan::Int8,
                },
            }
        }
    }
}
