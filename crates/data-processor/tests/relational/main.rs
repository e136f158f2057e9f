//! Take, filter, sort, join and transforms against plain loops over values.

mod common;
mod join;
mod sort;
mod take;
mod transform;
