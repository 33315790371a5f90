//! The lists of texts that stand on screens without a value in them.
//!
//! Owns: which texts there are. Refuses: words (each language has its own folder). Holds no state.

macro_rules! list {
    ($($(#[$doc:meta])* $list:ident { $($name:ident,)* })*) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each name is its own text")]
        pub enum $list { $($name,)* }

        impl $list {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        })*
    };
}

list! {
    /// Texts of the shift's page.
    ShiftText {
        Title, NotOpen, Ready, Gates, AllOpen, AllBeds, Counts, Open, NothingOpen, Donations, Numbers, Strange, Lots, People,
        Certificate, Disk, OpenShift, Begin, Weigh, Moving, Await, Awaiting, Confirm, SignKey, ExplainKey, PackageKey, RollKey,
        LeftKey, CorrectKey, SegmentsKey, StopKey, EndKey, FormOpen, FormLot, FormRoll, FormLeft, FormSign, FormClock,
        FormLimits, FormExplain, FormCorrect, FormClose, Waiting, Wanted, Deviation, SegmentsLater, Elsewhere, AskedElsewhere,
        LotsInUse, NoStartHere, Usual, Collected, Quarantined, Discard, NoUnit,
    }
    /// Texts and fields of the page after the donation.
    AfterText {
        Title, Rests, SegmentsOpen, Other, Donation, ByLabel, RestHeadline, SegmentsHeadline, OtherHeadline,
        RestOverKey, SegmentsKey, ReactionKey, DoNotUseKey, PaperKey, FormReaction, FormDoNotUse, FormSegments, FormPaper,
        PaperDetail, Closed, Class, Severity, Certain, Donor, Programme, Tubes, Sealed, Compared,
    }
    /// Fields of the shift's forms.
    ShiftField {
        Site, Vehicle, Team, Group, Lot, Expiry, First, Last, Count, When, Donation, Which, Old, New,
    }
    /// Texts of the areas.
    Text {
        Now,
        Chain,
        Volume,
        Flow,
        Alarms,
        Tubes,
        Devices,
        Bed,
        Operator,
        Nobody,
        ClockTrusted,
        ClockUntrusted,
        Online,
        Offline,
        Elapsed,
        Left,
        MixLeft,
        Calling,
        NotSure,
        NoAlarm,
        AlarmLog,
        LogKeys,
        Loading,
        Holds,
        Acknowledged,
        Over,
        DoFirst,
        LastRefusal,
        NotTaken,
        Saving,
        StillToScan,
        WorklistEmpty,
        Worklist,
        NoBeds,
        HelpTitle,
        LostTitle,
        LostGoesOn,
        LostHands,
        LostRetry,
        TubeScanned,
        TubeFilled,
        TubeMissing,
        TubeReconciled,
        DeviceUnknown,
        DeviceOnline,
        JournalFailed,
        TooSmall,
        Demo,
        DemoType,
    }
    /// Texts of questions and forms.
    Say {
        StaffNumber,
        Pin,
        SignInHeadline,
        SignInDetail,
        SignInKey,
        SignInFree,
        CompanionKeys,
        SecondHeadline,
        SecondDetail,
        SecondKey,
        SecondNumber,
        LabelHeadline,
        LabelDetail,
        BagLabelDetail,
        CatalogField,
        LabelField,
        LabelAgainField,
        IdentityHeadline,
        IdentityDetail,
        NameField,
        DocumentField,
        BirthField,
        DonorFormHeadline,
        DonorFormDetail,
        InterviewField,
        ExaminationField,
        HaemoglobinField,
        ApprovedField,
        ConsentField,
        HandHeadline,
        NoteField,
        RemarkField,
        VolumeField,
        NextField,
        SendForm,
        YesDoIt,
        CannotUndo,
        ChooseCall,
        ChooseAbort,
        ChooseMissing,
        ChooseReaction,
        ChooseSeverity,
        ChooseProgramme,
        ChooseByHand,
        ChooseLook,
        ReactionHeadline,
        ToolField,
        NationalField,
        PulseField,
        PressureField,
        TreatmentField,
        OutcomeField,
        NationalHint,
        TreatmentHint,
        OutcomeHint,
        OptionalHint,
        ChooseKey,
    }
    /// What a key does, as in the footer.
    Key {
        Pause,
        Clamp,
        Stop,
        NeedleOut,
        Help,
        Keys,
        Language,
        Companion,
        SignOut,
        Overview,
        Beds,
        Acknowledge,
        Silence,
        AlarmLog,
        Shift,
        After,
        Older,
        Newer,
        Abort,
        End,
        Reaction,
        Programme,
        HelpArrived,
        TypeIdentity,
        CallProgramme,
        ReadForm,
        TypeLabel,
        TubeMissing,
        ByHand,
        WholeName,
        Back,
        Select,
        Quit,
    }
}
