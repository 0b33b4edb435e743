package ai.primespark.core.power;

import ai.primespark.power.PowerMode;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Settings;

/** What the settings make of the profile. Thread-safe. */
final class ConfiguredThrift implements Thrift {

    private final PowerEngine power;
    private final boolean cheapest;
    private final double networkJoules;
    private final boolean smallerModels;
    private final boolean thinkingOff;
    private final int stretch;

    ConfiguredThrift(Settings settings, PowerEngine power) {
        this.power = power;
        this.cheapest = settings.get(PowerSettings.ON_BATTERY) == OnBattery.CHEAPEST;
        this.networkJoules = settings.get(PowerSettings.NETWORK_JOULES);
        this.smallerModels = settings.get(PowerSettings.SMALLER_MODELS);
        this.thinkingOff = settings.get(PowerSettings.THINKING_OFF);
        this.stretch = settings.get(PowerSettings.STRETCH).intValue();
    }

    private boolean saves() {
        return power.profile() != PowerProfile.FULL;
    }

    @Override
    public PowerProfile profile() {
        return power.profile();
    }

    @Override
    public boolean edgeOnly() {
        return power.edgeOnly();
    }

    @Override
    public boolean cheapest() {
        return cheapest && saves() && power.mode() == PowerMode.AUTO;
    }

    @Override
    public double networkJoules() {
        return networkJoules;
    }

    @Override
    public boolean smallerModels() {
        return smallerModels && saves();
    }

    @Override
    public boolean thinkingOff() {
        return thinkingOff && saves();
    }

    @Override
    public int stretch() {
        return saves() ? stretch : 1;
    }
}
