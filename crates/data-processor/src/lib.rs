//! Columnar tables: reading, group-by, sort, join, transforms. The rules of values are docs/data-semantics.md.

pub mod aggregate;
pub mod filter;
pub mod join;
mod powers;
pub mod read;
pub mod sort;
pub mod take;
pub mod transform;

pub use thread_team::Team;
