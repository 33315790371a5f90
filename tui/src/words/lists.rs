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
        LabelField,
        LabelAgainField,
        HandHeadline,
        NoteField,
        VolumeField,
        NextField,
        SendForm,
        YesDoIt,
        CannotUndo,
        ChooseAbort,
        ChooseMissing,
        ChooseReaction,
        ChooseSeverity,
        ChooseProgramme,
        ChooseByHand,
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
        Older,
        Newer,
        Abort,
        End,
        Reaction,
        Programme,
        HelpArrived,
        TypeLabel,
        TubeMissing,
        ByHand,
        Back,
        Select,
        Quit,
    }
}
