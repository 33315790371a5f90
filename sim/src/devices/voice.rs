//! What a simulated scale speaks besides MT-SICS: bytes written here by hand, never by the driver's own code.
//!
//! Owns: weights and trouble as lines and frames of each maker. Refuses: to read anything. Holds no state.

/// The protocol of a simulated scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Voice {
    /// Mettler-Toledo's command set; it says its serial number.
    #[default]
    MtSics,
    /// A&D.
    And,
    /// Sartorius.
    Sbi,
    /// Yaohua XK3190-A9, continuous.
    Xk3190,
    /// An indicator of the site's own: lines of fixed columns, described in `station.toml`, continuous.
    Columns,
    /// A load cell at a converter of the kernel's: no port, but a file.
    Iio,
    /// A load cell at an HX711 that the station clocks itself; here the simulator does, in its own time.
    Hx711,
}

/// What its display shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A weight in tenths of a gram.
    Tenths {
        /// The weight.
        tenths: i64,
        /// It has not moved for a while.
        stable: bool,
    },
    /// Above the range.
    Overload,
}

impl Voice {
    /// Every one.
    pub fn all() -> &'static [Self] {
        clap::ValueEnum::value_variants()
    }

    /// Lines of `[bed.scale]` in `station.toml`.
    pub fn settings(self) -> &'static str {
        match self {
            Self::MtSics => "protocol = \"mt_sics\"\n",
            Self::And => "protocol = \"and\"\n",
            Self::Sbi => "protocol = \"sbi\"\nunit = \"g\"\n",
            Self::Xk3190 => "protocol = \"xk3190\"\nunit = \"g\"\n",
            Self::Columns => concat!(
                "protocol = \"columns\"\ncolumns = { length = 13, sign = 3, number_from = 4, number_to = 11, unit = \"g\", ",
                "stable = { column = 1, is = \"S\" }, overload = { column = 1, is = \"O\" } }\n"
            ),
            Self::Iio => concat!(
                "protocol = \"iio\"\ncoding = \"offset_binary\"\n",
                "points = { empty = 8412233, loaded = 8623911, weight_g = 500 }\n"
            ),
            Self::Hx711 => concat!(
                "protocol = \"hx711\"\ngpio = \"cells\"\n",
                "points = { empty = 23625, loaded = 235303, weight_g = 500 }\n"
            ),
        }
    }

    /// Whether the station asks a file or a chip for it, and no serial port.
    pub fn is_asked(self) -> bool {
        match self {
            Self::Iio | Self::Hx711 => true,
            Self::MtSics | Self::And | Self::Sbi | Self::Xk3190 | Self::Columns => false,
        }
    }

    /// Whether it sends weights without being told to.
    pub fn speaks_by_itself(self) -> bool {
        match self {
            Self::Xk3190 | Self::Columns => true,
            Self::MtSics | Self::And | Self::Sbi | Self::Iio | Self::Hx711 => false,
        }
    }

    /// What is shown, in bytes. Empty for those that answer in their own words: MT-SICS, and load cells.
    pub fn say(self, shown: Shown) -> Vec<u8> {
        let Shown::Tenths { tenths, stable } = shown else { return self.overload() };
        let sign = if tenths < 0 { '-' } else { '+' };
        let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        match self {
            Self::MtSics | Self::Iio | Self::Hx711 => Vec::new(),
            Self::And => {
                let header = if stable { "ST" } else { "US" };
                format!("{header},{sign}{whole:06}.{tenth}  g\r\n").into_bytes()
            }
            Self::Sbi => {
                let unit = if stable { "g  " } else { "   " };
                format!("{sign} {whole:>6}.{tenth} {unit}\r\n").into_bytes()
            }
            Self::Columns => {
                let mark = if stable { 'S' } else { 'D' };
                format!("{mark} {sign}{whole:>6}.{tenth} g\r\n").into_bytes()
            }
            Self::Xk3190 => {
                let covered = format!("{sign}{:06}1", tenths.unsigned_abs());
                let check = covered.bytes().fold(0, |check, byte| check ^ byte);
                format!("\x02{covered}{check:02X}\x03").into_bytes()
            }
        }
    }

    fn overload(self) -> Vec<u8> {
        match self {
            // The indicator stops sending.
            Self::MtSics | Self::Xk3190 | Self::Iio | Self::Hx711 => Vec::new(),
            Self::And => b"OL,+9999999E+19\r\n".to_vec(),
            Self::Sbi => b"     High     \r\n".to_vec(),
            Self::Columns => b"O +999999.9 g\r\n".to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines and frames as the makers' manuals print them.
    #[test]
    fn transcripts_of_the_manuals() {
        let still = |tenths| Shown::Tenths { tenths, stable: true };
        let moving = |tenths| Shown::Tenths { tenths, stable: false };
        assert_eq!(Voice::And.say(still(1234)), b"ST,+000123.4  g\r\n");
        assert_eq!(Voice::And.say(moving(-5)), b"US,-000000.5  g\r\n");
        assert_eq!(Voice::Sbi.say(still(1530)), b"+    153.0 g  \r\n");
        assert_eq!(Voice::Sbi.say(moving(-12_557)), b"-   1255.7    \r\n");
        // The field's `+00329001` has the check 13; with one digit behind the point the last character is 1, the check 12.
        assert_eq!(Voice::Xk3190.say(still(3290)), b"\x02+003290112\x03");
        // As its columns in the settings say.
        assert_eq!(Voice::Columns.say(still(1530)), b"S +   153.0 g\r\n");
        assert_eq!(Voice::Columns.say(moving(-12_557)), b"D -  1255.7 g\r\n");
        assert_eq!(Voice::Sbi.say(Shown::Overload), b"     High     \r\n");
    }
}
