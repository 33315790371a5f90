//! Chinese (zh-CN), in the words of the blood station.
//!
//! Owns: the Chinese of every text, one file per subject. Refuses: words the station must not use (see the test of
//! forbidden words), and any wording beside the field's own. Holds no state.

mod acts;
mod after;
mod devices;
mod prompts;
mod refusals;
mod screens;
mod shift;

pub(super) use acts::{
    abort_why, act, disposition, hand_step, look_why, missing_why, reaction, really, role, severity,
};
pub(super) use after::{after_text, stored};
pub(super) use devices::{device, fault};
pub(super) use prompts::{detail, headline, loan, phase, place, step};
pub(super) use refusals::{error, refusal};
pub(super) use screens::{
    audio_paused, backlog, call, form_fault, key, lost, mode, more, open_bed, say, text,
};
pub(super) use shift::{
    check_kind, climate, corrected_field, deviation, lot_kind, no_start, shift_field, shift_prompt,
    shift_text,
};
