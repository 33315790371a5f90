//! ISBT 128: the codes on blood bags, tubes and forms, read as the standard (ST-001) defines them.
//!
//! Depends on nothing else of this crate. Owns: recognising every data structure of the standard by its identifier, checking
//! length and form before anything is interpreted, the check character, and the types a collection station works with.
//! Refuses: guessing. A text is understood completely or it is an error that says what was wrong, where, and what was
//! expected. The licensed tables (facilities, products, makers) are not here; a site supplies them as files.
//!
//! - [`message::parse`]: one scanned text, into the structures it holds
//! - [`Din`], [`DinLabel`]: the donation's number, and the number with the flags of one label
//! - [`DonorNumber`]: a donor, never kept in the clear
//! - [`Structure`]: one data structure, typed; personal ones without their content
//! - [`CheckValue`]: MOD 37-2, for typed numbers and type 3 flags
//! - [`LocalDate`], [`LocalDateTime`], [`Stamp`]: calendar in integers
//!
//! ```
//! use station::ident::isbt128::{Din, DinFlag, Structure, message};
//!
//! // A tube's label; its DIN is compared, its flag says that it belongs on a tube.
//! let scan = message::parse("=A99992112345607")?;
//! let Structure::Din(label) = &scan.found[0].structure else { return Ok(()) };
//! assert_eq!(label.flag(), DinFlag::TestTube);
//!
//! // The same number typed from the bag, with the check character from its box.
//! assert_eq!(Din::from_typed("A9999 21 123456 3")?, label.din());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Using ISBT 128 codes in the field needs a registration with ICCBBA.

mod check;
mod content;
mod date;
mod din;
mod donor;
mod error;
mod flag;
pub mod message;
mod structure;
pub mod table;

pub use check::{ALPHABET, CheckValue, NotACheckValue, NotInAlphabet};
pub use content::{BloodGroup, ContainerCode, ContainerLot, ContainerPlace, ProductCode, StaffCode};
pub use date::{DateError, LocalDate, LocalDateTime, Stamp, is_leap};
pub use din::{Din, DinError, DinLabel};
pub use donor::DonorNumber;
pub use error::StructureError;
pub use flag::{DinFlag, FlagMismatch, LocalFlag, ReservedFlag, SetContainer};
pub use structure::{ContentError, OtherError, OtherStructure, Structure};
pub use table::StructureCode;
