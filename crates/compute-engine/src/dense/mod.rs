//! Dense systems and decompositions, in f64. Blocked forms do most of their work in products of matrices; what is left reads the matrix
//! once for each column. (Golub and Van Loan, Matrix Computations, 4th edition.)

mod bidiagonal;
mod cholesky;
mod eigen;
mod householder;
mod lu;
mod qr;
mod spread;
mod svd;
mod turns;
pub mod vector;

use columnar::{Error, ErrorCode, Result};

pub use cholesky::Cholesky;
pub use eigen::Eigen;
pub use lu::Solve;
pub use qr::Qr;
pub use spread::{Pca, Spread};
pub use svd::Svd;

/// # Errors
/// NOT_FINITE with the place.
pub fn check_finite(data: &[f64], cols: usize, name: &str) -> Result<()> {
    match data.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let message =
                format!("{name} holds {} at row {}, column {}: a decomposition needs finite numbers", data[at], at / cols, at % cols);
            Err(Error::new(ErrorCode::NotFinite, message))
        }
    }
}

/// # Errors
/// INVALID_ARGUMENT where an n x n matrix differs from its transpose by more than `slack` of its largest entry.
pub fn check_symmetric(data: &[f64], n: usize, slack: f64, name: &str) -> Result<()> {
    let slack = slack * data.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    for i in 0..n {
        for j in 0..i {
            let (a, b) = (data[i * n + j], data[j * n + i]);
            if (a - b).abs() > slack {
                return Err(Error::invalid(format!("{name} must be symmetric: row {i}, column {j} holds {a}, its mirror image {b}")));
            }
        }
    }
    Ok(())
}

fn no_convergence(what: &str) -> Error {
    Error::new(ErrorCode::Corrupt, format!("the {what} did not converge: report it, this is our defect"))
}
