//! What can be tried with a device by hand: which orders, for how long, and by what it is known to have worked.
//!
//! Owns: that table. Refuses: an act for a device of another kind. Holds no state.

use super::super::Failure;
use clap::ValueEnum;
use drivers::Observation;
use station::device::{
    Actuation, ClampPosition, DeviceKind, DiverterPosition, Quality, Reading, Signal, ToolReport,
};
use station::measure::Span;

/// Acts as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Act {
    /// Tell all that it says, and order nothing
    Watch,
    /// A scale: until the first weight at rest
    Weigh,
    /// A thermometer, a tag or card reader: until it has read once
    Read,
    /// A scanner: light on, until a label is read
    Scan,
    /// A panel: lamp and buzzer with each pattern
    Blink,
    /// A clamp: open it, and close it at the end
    Open,
    /// A clamp: close it
    Close,
    /// A diverter: to the bag, and back at the end
    Divert,
    /// A mixer: rock, and stop at the end
    Rock,
    /// A sealer: one seal
    Seal,
    /// A needle separator: one separation
    Separate,
}

/// What an observation means for an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Nothing,
    /// It works.
    Works,
    /// It does not.
    Failed,
}

impl Act {
    /// The kind of device that it is for; any for watching.
    fn is_for(self, kind: DeviceKind) -> bool {
        match self {
            Self::Watch => true,
            Self::Weigh => kind == DeviceKind::Scale,
            Self::Read => matches!(kind, DeviceKind::Probe | DeviceKind::Rfid | DeviceKind::IdReader),
            Self::Scan => kind == DeviceKind::Scanner,
            Self::Blink => kind == DeviceKind::Panel,
            Self::Open | Self::Close => kind == DeviceKind::Clamp,
            Self::Divert => kind == DeviceKind::Diverter,
            Self::Rock => kind == DeviceKind::Mixer,
            Self::Seal => kind == DeviceKind::Sealer,
            Self::Separate => kind == DeviceKind::Separator,
        }
    }

    /// # Errors
    /// [`Failure::Usage`] with what can be tried with such a device.
    pub(super) fn check(self, kind: DeviceKind) -> Result<(), Failure> {
        if self.is_for(kind) {
            return Ok(());
        }
        let name = |act: &Self| act.to_possible_value().map(|value| value.get_name().to_owned());
        let can: Vec<String> =
            Self::value_variants().iter().filter(|act| act.is_for(kind)).filter_map(name).collect();
        Err(Failure::Usage(format!("a {kind} cannot do that; it can: {}", can.join(", "))))
    }

    /// Whether the device may be ordered now that it has said this.
    pub(super) fn may_begin(self, said: &Observation) -> bool {
        if self.is_final() {
            let ready = |tool: &ToolReport| *tool == ToolReport::Ready;
            return matches!(said, Observation::Reading(Reading::Sealer(tool) | Reading::Separator(tool)) if ready(tool));
        }
        matches!(said, Observation::Identity { .. })
    }

    /// Orders with their times after the device has answered.
    pub(super) fn orders(self) -> Vec<(Span, Actuation)> {
        let at = Span::from_secs;
        match self {
            Self::Watch | Self::Weigh | Self::Read => Vec::new(),
            Self::Scan => vec![(Span::ZERO, Actuation::ScannerTrigger(true))],
            Self::Blink => [Signal::Low, Signal::Medium, Signal::High]
                .into_iter()
                .zip([0, 2, 4])
                .flat_map(|(signal, s)| {
                    [(at(s), Actuation::Lamp(signal)), (at(s), Actuation::Buzzer(signal))]
                })
                .collect(),
            Self::Open => vec![(Span::ZERO, Actuation::ClampOpen)],
            Self::Close => vec![(Span::ZERO, Actuation::ClampClose)],
            Self::Divert => vec![(Span::ZERO, Actuation::DivertToBag)],
            Self::Rock => vec![(Span::ZERO, Actuation::MixerRun)],
            Self::Seal => vec![(Span::ZERO, Actuation::Seal)],
            Self::Separate => vec![(Span::ZERO, Actuation::Separate)],
        }
    }

    /// Orders that end it, whatever came of it.
    pub(super) fn end(self) -> Vec<Actuation> {
        match self {
            Self::Watch | Self::Weigh | Self::Read => Vec::new(),
            Self::Scan => vec![Actuation::ScannerTrigger(false)],
            Self::Blink => vec![Actuation::Lamp(Signal::Off), Actuation::Buzzer(Signal::Off)],
            Self::Open | Self::Close => vec![Actuation::ClampClose],
            Self::Divert => vec![Actuation::DivertToPouch],
            Self::Rock => vec![Actuation::MixerStop],
            Self::Seal => vec![Actuation::SealerDisable],
            Self::Separate => vec![Actuation::SeparatorDisable],
        }
    }

    /// How long it goes on when nobody says otherwise, seconds.
    pub(super) fn seconds(self) -> u64 {
        match self {
            Self::Watch | Self::Weigh | Self::Rock => 10,
            Self::Read | Self::Scan => 30,
            Self::Blink => 6,
            Self::Open | Self::Divert => 3,
            Self::Close => 2,
            Self::Seal | Self::Separate => 15,
        }
    }

    /// Whether it opens a path, moves or heats something: it is journaled first, and no donation may be under way.
    pub(super) fn adds_energy(self) -> bool {
        match self {
            Self::Open | Self::Divert | Self::Rock | Self::Seal | Self::Separate => true,
            Self::Watch | Self::Weigh | Self::Read | Self::Scan | Self::Blink | Self::Close => false,
        }
    }

    /// Whether it cannot be taken back.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Seal | Self::Separate)
    }

    /// Whether it is over as soon as it has worked; else it goes on for its time.
    pub(super) fn ends_when_it_works(self) -> bool {
        matches!(self, Self::Weigh | Self::Read | Self::Scan | Self::Close | Self::Seal | Self::Separate)
    }

    /// What is to be made of what the device said.
    pub(super) fn verdict(self, said: &Observation) -> Verdict {
        let works = |good: bool| if good { Verdict::Works } else { Verdict::Nothing };
        match (self, said) {
            (Self::Watch, _) => Verdict::Works,
            (Self::Blink, _) => works(matches!(said, Observation::Identity { .. })),
            (Self::Weigh, Observation::Reading(Reading::Weight(weight))) => {
                works(weight.quality == Quality::Stable)
            }
            (Self::Read, Observation::Temperature(_) | Observation::Tag(_) | Observation::Card(_)) => {
                Verdict::Works
            }
            (Self::Scan, Observation::Scan(_)) => Verdict::Works,
            (Self::Open, Observation::Reading(Reading::Clamp(at))) => works(*at == ClampPosition::Open),
            (Self::Close, Observation::Reading(Reading::Clamp(at))) => works(*at == ClampPosition::Closed),
            (Self::Divert, Observation::Reading(Reading::Diverter(at))) => {
                works(*at == DiverterPosition::Bag)
            }
            (Self::Rock, Observation::Reading(Reading::MixerCycle)) => Verdict::Works,
            (
                Self::Seal | Self::Separate,
                Observation::Reading(Reading::Sealer(tool) | Reading::Separator(tool)),
            ) => match tool {
                ToolReport::Done => Verdict::Works,
                ToolReport::Failed(_) => Verdict::Failed,
                ToolReport::Ready | ToolReport::NotReady | ToolReport::Busy => Verdict::Nothing,
            },
            (_, Observation::Fault(_)) => Verdict::Failed,
            (_, _) => Verdict::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_orders_only_its_own_device_and_ends_in_safe_states() {
        for act in Act::value_variants() {
            let kinds: Vec<DeviceKind> =
                DeviceKind::ALL.into_iter().filter(|kind| act.is_for(*kind)).collect();
            for order in act.orders().into_iter().map(|(_, order)| order).chain(act.end()) {
                assert_eq!(kinds, [order.row().device], "{act:?}");
            }
            for end in act.end() {
                assert!(end.row().safe_state || end == Actuation::Lamp(Signal::Off), "{act:?}: {end:?}");
            }
            let permits =
                act.orders().iter().any(|(_, o)| o.direction() == station::device::Direction::Permit);
            assert_eq!(permits, act.adds_energy(), "{act:?}");
            assert!(!act.is_final() || act.adds_energy());
        }
    }

    #[test]
    fn every_kind_that_can_do_something_is_told_what() {
        let Err(Failure::Usage(told)) = Act::Seal.check(DeviceKind::Clamp) else { panic!("a clamp seals") };
        assert_eq!(told, "a clamp cannot do that; it can: watch, open, close");
    }
}
