//! Sections `[[bed]]` and `[shared.*]`: which devices work where.
//!
//! Owns: which devices a bed cannot do without and which may be shared. Refuses: a bed without scale, scanner, clamp or
//! mixer, and sharing anything that acts on one donor only. Holds no state.

use crate::contact::{self, Clamp, Diverter, Enable, Mixer, Panel, Sampler, Tool};
use crate::line::Gpios;
use crate::scale::{Scale, read_scale};
use crate::section::{Section, settled};
use crate::serial::{self, IdReader, Rfid, Scanner};
use serde::Serialize;
use station::device::{DeviceKind, Mode};
use station::ident::BedId;

/// A bed and its own devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bed {
    /// 1 to 8.
    pub number: BedId,
    /// Weighs the bag.
    pub scale: Scale,
    /// Reads labels.
    pub scanner: Scanner,
    /// Reads ID cards; else the shared one, else identity is typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_reader: Option<IdReader>,
    /// Pinches the donor line.
    pub clamp: Clamp,
    /// Its deadman: pulses while the bed's guard finds nothing wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable: Option<Enable>,
    /// Rocks the bag.
    pub mixer: Mixer,
    /// Leads first blood; without it the nurse works the pouch's clip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diverter: Option<Diverter>,
    /// Fills the sample tubes; without it the nurse does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampler: Option<Sampler>,
    /// Seals; else the shared one, else sealing is by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealer: Option<Tool>,
    /// Separates the needle; else the shared one, else by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<Tool>,
    /// Reads the tag of the bag on the tray; without it bags are known by their labels alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rfid: Option<Rfid>,
    /// Emergency stop, lamps and buzzer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel: Option<Panel>,
}

/// Devices that beds without one of their own share.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Shared {
    /// The station's deadman: pulses while its step runs. A bed's own in the table of a bed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable: Option<Enable>,
    /// Reads ID cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_reader: Option<IdReader>,
    /// Seals tubing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealer: Option<Tool>,
    /// Separates needles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<Tool>,
}

/// What devices have to know of the rest of the file.
#[derive(Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) mode: Option<Mode>,
    pub(crate) gpios: &'c Gpios,
}

pub(crate) fn read_all(file: &mut Section<'_>, context: Context<'_>) -> Option<Vec<Bed>> {
    let beds = file.tables("bed", |section| read_bed(section, context));
    let beds = file.required("bed", "at least one section [[bed]]", beds)?;
    if beds.is_empty() || beds.len() > usize::from(BedId::MAX) {
        file.refuse("bed", &format!("{} beds; a station has 1 to {}", beds.len(), BedId::MAX));
    }
    let mut beds: Vec<Bed> = beds.into_iter().collect::<Option<_>>()?;
    beds.sort_by_key(|bed| bed.number);
    Some(beds)
}

fn read_bed(section: &mut Section<'_>, context: Context<'_>) -> Option<Bed> {
    let Context { mode, gpios } = context;
    let wanted = "1 to 8";
    let number = section.number("number", 1..=BedId::MAX).and_then(|number| BedId::new(number).ok());
    let number = section.required("number", wanted, number);
    if let Some(number) = number {
        section.claim("number", format!("bed {number}"));
    }
    let scale = section.table("scale", |scale| read_scale(scale, context));
    let scale = section.required("scale", "a table; no draw without a scale", scale);
    let scanner = section.table("scanner", |scanner| serial::read_scanner(scanner, mode));
    let scanner = section.required("scanner", "a table; a bed is chosen by its own scanner", scanner);
    let clamp = section.table("clamp", |clamp| contact::read_clamp(clamp, gpios));
    let clamp = section.required("clamp", "a table; no draw without a clamp", clamp);
    let mixer = section.table("mixer", |mixer| contact::read_mixer(mixer, gpios));
    let mixer = section.required("mixer", "a table; no draw without a mixer", mixer);
    let diverter = settled(section.table("diverter", |diverter| contact::read_diverter(diverter, gpios)));
    let sampler = settled(section.table("sampler", |sampler| contact::read_sampler(sampler, gpios)));
    let panel = settled(section.table("panel", |panel| contact::read_panel(panel, gpios)));
    let rfid = settled(section.table("rfid", |rfid| serial::read_rfid(rfid, mode)));
    let common = read_shared(section, context);
    let Shared { enable, id_reader, sealer, separator } = common?;
    Some(Bed {
        number: number?,
        scale: scale??,
        scanner: scanner??,
        id_reader,
        clamp: clamp??,
        enable,
        mixer: mixer??,
        diverter: diverter?,
        sampler: sampler?,
        sealer,
        separator,
        rfid: rfid?,
        panel: panel?,
    })
}

/// Reads the devices that may be shared, of a bed's own table or of `[shared]`.
pub(crate) fn read_shared(section: &mut Section<'_>, context: Context<'_>) -> Option<Shared> {
    let Context { mode, gpios } = context;
    let enable = settled(section.table("enable", |enable| contact::read_enable(enable, gpios)));
    let id_reader = settled(section.table("id_reader", |reader| serial::read_id_reader(reader, mode)));
    let tool = |kind| move |tool: &mut Section<'_>| contact::read_tool(tool, gpios, kind);
    let sealer = settled(section.table("sealer", |s| tool(DeviceKind::Sealer)(s)));
    let separator = settled(section.table("separator", |s| tool(DeviceKind::Separator)(s)));
    Some(Shared { enable: enable?, id_reader: id_reader?, sealer: sealer?, separator: separator? })
}
