//! Counts, extremes, moments, quantiles, histograms and running sums of a column.

mod describe;
mod histogram;
mod moments;
mod prefix;
mod quantiles;
pub mod sums;

pub use describe::{Describe, Described, Description};
pub use histogram::{Bins, Histogram};
pub use prefix::prefix_sums;
pub use quantiles::quantiles;
