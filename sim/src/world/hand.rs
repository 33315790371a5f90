//! What hands do at a bed: the acts that no device sees, only their effects.
//!
//! Owns: the list of them. Refuses: words on a screen and barcodes (those are acts and scans). Holds no state.

/// One thing a hand does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// Hang a fresh set on the tray and lay its tubing into the clamp.
    HangBag,
    /// Put the needle into the vein.
    InsertNeedle,
    /// Close the pouch's clip for good.
    ClosePouchClip,
    /// Break the plug in the bag's line.
    BreakPlug,
    /// Fill and invert a sample tube, from 1.
    FillTube(u8),
    /// Take the needle out of the donor.
    WithdrawNeedle,
    /// Lay the tubing into the sealer and close its cover.
    LayInSealer,
    /// Lay the sealed end into the separator and close its cover.
    LayInSeparator,
    /// Drop the separated needle into the bin.
    BinNeedle,
    /// Put an empty sharps bin there.
    EmptyBin,
    /// Pinch the line with a haemostat.
    Pinch,
    /// Seal the line with a tool of one's own.
    SealByHand,
    /// Take the needle off with a tool of one's own.
    SeparateByHand,
    /// Press the emergency stop.
    PressStop,
    /// Release the emergency stop.
    ReleaseStop,
    /// Lean on the tray for half a second.
    BumpTray,
    /// Knock the bag off the tray.
    DropBag,
    /// Lay a known weight on the tray, g.
    LayWeight(u16),
    /// Take the weight off the tray.
    TakeWeight,
    /// Take everything away and lay a fresh set beside the bed.
    ClearBed,
}
