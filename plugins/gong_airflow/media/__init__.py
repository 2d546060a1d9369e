"""Audio and video of calls out of Gong: each file once, in constant memory, resumed where it stopped."""
