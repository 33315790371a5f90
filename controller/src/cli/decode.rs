//! `hemostation decode`: a barcode in words.
//!
//! Owns: reading the text and laying out its explanation. Refuses: more than one line of at most 4096 bytes. Holds no state.

use super::{Done, Failure, print, print_json};
use clap::Args;
use station::ident::{Explanation, explain};
use std::io::Read as _;

/// Longest text read from standard input, bytes.
const MAX_TEXT: u64 = 4096;
/// Width of the names of fields.
const WIDTH: usize = 24;

/// Say what a barcode means, field by field, or why it is refused
///
/// Understands ISBT 128 as scanned (also concatenated and compound), a DIN as typed from a label, resident identity numbers
/// (shown masked) and the station's own barcodes. Ends with 1 when the code is refused.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation decode '=G12341765432100'\n  \
    hemostation decode 'G1234 17 654321 A'          # typed from a label, with its check character\n  \
    hemostation decode --json '=<E0791003'\n  \
    cat /dev/ttyACM0 | head -1 | hemostation decode -")]
pub(crate) struct Decode {
    /// The text as scanned or typed; - reads one line from standard input
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
}

impl Decode {
    pub(super) fn run(self) -> Done {
        let text = if self.text == "-" { from_stdin()? } else { self.text };
        let explanation = explain(&text);
        if self.json {
            print_json(&explanation)?;
        } else if explanation.ok {
            print(&words(&explanation))?;
        }
        match explanation.error {
            None => Ok(()),
            Some(_) if self.json => Err(Failure::Told),
            Some(error) => Err(Failure::Refused(format!("refused: {error}"))),
        }
    }
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MAX_TEXT).read_to_string(&mut text);
    read.map_err(|error| Failure::Usage(format!("standard input: {error}")))?;
    text.lines().next().map(str::to_owned).ok_or_else(|| Failure::Usage("standard input is empty".to_owned()))
}

fn words(explanation: &Explanation) -> String {
    let mut text = String::new();
    for structure in &explanation.structures {
        let identifier = match structure.identifier.as_str() {
            "" => String::new(),
            identifier => format!(" ({identifier})"),
        };
        text.push_str(&format!("{} {}{identifier}\n", structure.code, structure.name));
        if !structure.content.is_empty() {
            text.push_str(&format!("  {:<WIDTH$} {}\n", "content", structure.content));
        }
        for (name, value) in &structure.fields {
            text.push_str(&format!("  {name:<WIDTH$} {value}\n"));
        }
    }
    text
}
