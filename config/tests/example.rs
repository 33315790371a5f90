//! The example `station.toml` is complete and true: it parses, shows every number with its real bounds and default, and
//! what the program writes back reads to the same configuration.

use config::{StationConfig, parse};
use station::ident::BedId;
use station::procedure::limits::{DonorConnectedSeal, Limits, Settings};

const EXAMPLE: &str = include_str!("../station.toml");

fn example() -> StationConfig {
    parse(EXAMPLE, "station.toml").map_err(|mistakes| mistakes.to_string()).expect("the example is right")
}

#[test]
fn it_parses_and_shows_the_defaults() {
    let config = example();
    assert_eq!(config.settings, Settings::default());
    assert_eq!(config.beds.len(), 2);
    let bed = config.bed(BedId::new(2).unwrap()).unwrap();
    let (id, sealer) = config.sealer_of(bed).unwrap();
    assert_eq!(id.as_str(), "shared.sealer");
    assert_eq!(sealer.inputs.bin_full, None);
    assert_eq!(config.separator_of(bed).unwrap().1.inputs.bin_full.unwrap().number, 28);
}

#[test]
fn every_limit_is_documented_with_its_real_bounds_and_default() {
    for bound in Limits::BOUNDS {
        let start = format!("{} = {} ", bound.name, bound.default);
        let lines: Vec<&str> = EXAMPLE.lines().filter(|line| line.starts_with(&start)).collect();
        assert_eq!(lines.len(), 1, "{start}");
        let comment = lines[0].split('#').nth(1).unwrap_or_default().trim();
        let wanted = format!("{} to {}. ", bound.min, bound.max);
        assert!(comment.starts_with(&wanted), "{}: {comment:?} does not start with {wanted:?}", bound.name);
    }
}

#[test]
fn every_default_outside_the_limits_is_the_real_one() {
    let mut checked = 0;
    for (number, line) in EXAMPLE.lines().enumerate() {
        let Some((setting, comment)) = line.split_once('#') else { continue };
        let Some((name, value)) = setting.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim());
        let said = comment.split("default ").nth(1).map(|rest| {
            let end =
                rest.find(['.', ';', ' ', ',']).filter(|_| !rest.starts_with('"')).unwrap_or(rest.len());
            rest[..end].trim_end_matches(['.', ';'])
        });
        let Some(said) = said else { continue };
        // Only plain values can be taken out; a line that differs from its default says so in words.
        let plain = value.parse::<i64>().is_ok() || value == "true" || value == "false";
        if !plain || said.parse::<i64>().is_err() && said != "true" && said != "false" {
            continue;
        }
        assert_eq!(said, value, "line {}: the value shown is the default", number + 1);
        let without: String = EXAMPLE
            .lines()
            .enumerate()
            .filter(|(at, _)| *at != number)
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        let config = parse(&without, "without").unwrap_or_else(|m| panic!("without {name}: {m}"));
        assert_eq!(config, example(), "line {}: the default of {name} is not {said}", number + 1);
        checked += 1;
    }
    assert!(checked > 30, "only {checked} defaults were found");
}

/// Procedure 7.4: approved is one sealer by its own section: a bed with a sealer of its own has nothing of the shared one's approval, and
/// without a word every sealer is locked.
#[test]
fn only_the_sealer_whose_section_says_so_is_approved() {
    let said = "donor_connected_seal = \"locked\"";
    assert_eq!(EXAMPLE.matches(said).count(), 1);
    let approved = EXAMPLE.replace(said, "donor_connected_seal = \"approved\"");
    let mut config = parse(&approved, "approved").unwrap();
    let of_bed = |config: &StationConfig| config.donor_connected_seal(&config.beds[0]);
    assert_eq!(of_bed(&config), DonorConnectedSeal::Approved);
    config.beds[0].sealer = example().shared.sealer;
    assert_eq!(of_bed(&config), DonorConnectedSeal::Locked);
    let silent = parse(&EXAMPLE.replace(said, "#"), "silent").unwrap();
    assert_eq!(of_bed(&silent), DonorConnectedSeal::Locked);
}

/// Procedure 1.3: no site takes a scale for right that is more than ten grams off.
#[test]
fn the_limit_of_the_daily_check_is_ten_grams_at_most() {
    let said = "check_limit_g = 2";
    assert_eq!(EXAMPLE.matches(said).count(), 1);
    assert!(parse(&EXAMPLE.replace(said, "check_limit_g = 10"), "ten").is_ok());
    let mistakes = parse(&EXAMPLE.replace(said, "check_limit_g = 11"), "eleven").unwrap_err();
    assert!(mistakes.to_string().contains("check_limit_g: found 11; allowed: 1 to 10"), "{mistakes}");
}

#[test]
fn what_is_written_back_reads_to_the_same() {
    let config = example();
    let again = parse(&config.summary(), "summary").unwrap_or_else(|m| panic!("{m}\n{}", config.summary()));
    assert_eq!(again, config);
}

/// What the example only shows in comments.
#[test]
fn what_is_written_back_of_rarer_devices_reads_to_the_same() {
    let file = "/sys/bus/iio/devices/iio:device0/in_voltage0_raw";
    let scale = format!(
        "protocol = \"iio\"\nfile = {file:?}\ncoding = \"signed\"\ncalibration = {{ certificate = \"C\", expires = \"2030-01-01\", made = \"2030-01-01\", by = \"王\" }}\n\
         points = {{ empty = -8412, loaded = 211678, weight_g = 500 }}\n"
    );
    let lines = format!(
        "protocol = \"hx711\"\ngpio = \"main\"\ndata = {{ line = 8, pull = \"up\" }}\nclock = 9\n{}",
        &scale[scale.find("calibration").unwrap()..]
    );
    for scale in [scale, lines] {
        let text = format!(
            "[station]\nid = \"T\"\nmode = \"validation\"\n[gpio.main]\nbackend = \"gpiocdev\"\nchip = \"c\"\n\
             [probe.a]\nprotocol = \"r4dcb08\"\nport = \"/dev/serial/by-id/p\"\nchannel = 3\nlow_c = -4\nhigh_c = 6\n\
             [[bed]]\nnumber = 1\n[bed.scale]\n{scale}[bed.scanner]\nprotocol = \"line\"\nport = \"/dev/serial/by-id/s\"\n\
             labels = \"codabar\"\ncodabar = {{ facility = \"A1234\", check = \"mod_16\", stop = \"C\" }}\n\
             [bed.clamp]\ngpio = \"main\"\nopen = 1\nclosed_switch = 2\nopen_switch = 3\n\
             [bed.mixer]\ngpio = \"main\"\nrun = 4\nhome = 5\n[bed.sampler]\ngpio = \"main\"\nloaded = 6\nfilled = 7\n\
             [bed.rfid]\nprotocol = \"rr3036\"\nport = \"/dev/serial/by-id/r\"\nholds_din = false\n"
        );
        let config = parse(&text, "rare").unwrap_or_else(|m| panic!("{m}\n{text}"));
        let again =
            parse(&config.summary(), "summary").unwrap_or_else(|m| panic!("{m}\n{}", config.summary()));
        assert_eq!(again, config);
    }
}
