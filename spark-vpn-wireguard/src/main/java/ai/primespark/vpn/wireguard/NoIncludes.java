package ai.primespark.vpn.wireguard;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;

/** A topology is one file: what is not in it cannot be edited with it. */
final class NoIncludes implements ConfigIncluder {

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        throw new ConfigException.Generic("a topology includes no other file: '" + what + "'");
    }
}
