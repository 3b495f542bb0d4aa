/** In the place of the volume until it is there. */
export const VolumeSoon = () => <div className="volume" aria-busy="true" />
