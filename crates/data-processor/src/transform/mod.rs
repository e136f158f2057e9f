//! Operations on one column. What these kernels do not cover, JavaScript does: text whose answer is the host's to give (case of what
//! is not ASCII), and types and arguments they say `None` to.

mod numbers;
mod recode;
mod source;
mod statistics;
mod text;

pub use numbers::{Numeric, numeric};
pub use recode::recode;
pub use text::{Text, TextStep, length, replace_strings, text};
