//! The configuration in force, written back as a file: every default spelled out, so that support and auditors see what
//! applies without knowing the defaults.
//!
//! Owns: the order of the sections. Refuses: comments, and anything secret: keys are named by file only. Holds no state.

use crate::StationConfig;
use crate::{
    Bed, Bms, GpioBackend, GpioName, Identity, Journal, Operators, Probe, Secrets, Shared, Socket, Terminal,
    Traffic,
};
use serde::Serialize;
use station::ident::{LotNumber, SiteCode};
use station::procedure::limits::{
    DinOnRestick, Limits, SampleMode, SealConfirmedBy, SmallerProgrammes, TubeKind, TubesWhen,
};
use station::shift::ShiftSettings;
use station::shift::lots::LotKind;
use std::collections::BTreeMap;

/// The file's form.
#[derive(Serialize)]
struct File<'a> {
    station: &'a Identity,
    limits: &'a Limits,
    procedure: Procedure<'a>,
    gpio: &'a BTreeMap<GpioName, GpioBackend>,
    bed: &'a [Bed],
    shared: &'a Shared,
    probe: &'a BTreeMap<GpioName, Probe>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bms: Option<&'a Bms>,
    journal: &'a Journal,
    socket: &'a Socket,
    terminal: &'a Terminal,
    shift: Shift<'a>,
    operators: &'a Operators,
    traffic: &'a Traffic,
    secrets: &'a Secrets,
}

/// The procedure's settings without the numbers, which have their own section.
#[derive(Serialize)]
struct Procedure<'a> {
    density_mg_per_ml: u32,
    programmes_ml: &'a [u16],
    tubes_when: TubesWhen,
    sample_mode: SampleMode,
    pouch_on_tray: bool,
    scan_bag_lot: bool,
    din_on_restick: DinOnRestick,
    seal_confirmed_by: SealConfirmedBy,
    single_nurse: bool,
    tubes: &'a [TubeKind],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    smaller_programmes: &'a [SmallerProgrammes],
}

/// The shift's settings, lots as `kind:lot`.
#[derive(Serialize)]
struct Shift<'a> {
    required: bool,
    site: &'a SiteCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle: Option<&'a SiteCode>,
    team: &'a SiteCode,
    longest_h: u32,
    check_weights_g: [u32; 2],
    check_limit_g: u32,
    check_valid_h: u32,
    second_within_s: u32,
    disk_mark_pct: u32,
    lots: &'a [LotKind],
    released: Vec<String>,
    recalled: Vec<String>,
}

fn shift(of: &ShiftSettings) -> Shift<'_> {
    let listed = |lots: &[(LotKind, LotNumber)]| {
        lots.iter().map(|(kind, lot)| format!("{}:{lot}", kind.name())).collect()
    };
    Shift {
        required: of.required,
        site: &of.site,
        vehicle: of.vehicle.as_ref(),
        team: &of.team,
        longest_h: of.longest_h,
        check_weights_g: of.check_weights_g,
        check_limit_g: of.check_limit_g,
        check_valid_h: of.check_valid_h,
        second_within_s: of.second_within_s,
        disk_mark_pct: of.disk_mark_pct,
        lots: &of.lots,
        released: listed(&of.released),
        recalled: listed(&of.recalled),
    }
}

pub(crate) fn render(config: &StationConfig) -> String {
    let settings = &config.settings;
    let file = File {
        station: &config.identity,
        limits: &settings.limits,
        procedure: Procedure {
            density_mg_per_ml: settings.density.into(),
            programmes_ml: &settings.programmes_ml,
            tubes_when: settings.tubes_when,
            sample_mode: settings.sample_mode,
            pouch_on_tray: settings.pouch_on_tray,
            scan_bag_lot: settings.scan_bag_lot,
            din_on_restick: settings.din_on_restick,
            seal_confirmed_by: settings.seal_confirmed_by,
            single_nurse: settings.single_nurse,
            tubes: &settings.tubes,
            smaller_programmes: &settings.smaller_programmes,
        },
        gpio: &config.gpios,
        bed: &config.beds,
        shared: &config.shared,
        probe: &config.probes,
        bms: config.bms.as_ref(),
        journal: &config.journal,
        socket: &config.socket,
        terminal: &config.terminal,
        shift: shift(&config.shift),
        operators: &config.operators,
        traffic: &config.traffic,
        secrets: &config.secrets,
    };
    // invariant: these types hold only tables with text keys, numbers and UTF-8 paths, all of which TOML can write.
    toml::to_string(&file).expect("a configuration can be written")
}
